package io.fulmar.fleet.command;

import io.fulmar.sync.wire.Topics;

/** Whom a command is for. Immutable. */
public sealed interface Target {
    String name();

    /** The topic that its commands travel on. */
    String topic(Topics topics);

    /** How the database calls this kind of target. */
    String scope();

    /** One device. */
    record Device(String name) implements Target {
        @Override
        public String topic(Topics topics) {
            return topics.command(name);
        }

        @Override
        public String scope() {
            return "device";
        }
    }

    /** Every device that says that it is of this group. */
    record Group(String name) implements Target {
        @Override
        public String topic(Topics topics) {
            return topics.groupCommand(name);
        }

        @Override
        public String scope() {
            return "group";
        }
    }

    /** One device of a group, to which the fleet sends again what it had sent to the group. */
    record Repeated(String device, String name) implements Target {
        @Override
        public String topic(Topics topics) {
            return topics.command(device);
        }

        @Override
        public String scope() {
            return "group";
        }
    }
}
