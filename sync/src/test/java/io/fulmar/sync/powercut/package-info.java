/** What a power cut can leave on a disk, worked out from the system calls that a process made; for tests. */
@org.jspecify.annotations.NullMarked
package io.fulmar.sync.powercut;
