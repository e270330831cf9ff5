/** Where frames come from: sensors, files and folders, topics, pushed requests, programs, the machine itself, nowhere. */
@NullMarked
package io.fulmar.agent.io.source;

import org.jspecify.annotations.NullMarked;
