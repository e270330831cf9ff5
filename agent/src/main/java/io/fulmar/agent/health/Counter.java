package io.fulmar.agent.health;

/** What the agent counts, from its start; each name is the key in the status document. Immutable. */
public enum Counter {
    /** Rows with a receipt. */
    RECORDED,
    /** Records refused before a receipt because the queue to the store was full. */
    REFUSED_QUEUE_FULL,
    /** Records refused before a receipt because one alone is larger than a row may be. */
    REFUSED_TOO_LARGE,
    /** Records refused before a receipt by the store: disk full, quota, or failed. */
    REFUSED_STORE,
    /** Commits of the store. */
    COMMITS,
    /** Batches given to the link. */
    BATCHES,
    /** Payload bytes of those batches. */
    BATCH_BYTES,
    /** Times that no progress within the timeout made a stream start again from its last acknowledged row. */
    RESENDS,
    /** Acknowledgements that were applied. */
    ACKNOWLEDGEMENTS,
    /** Acknowledgements that were not believed. */
    ACKNOWLEDGEMENTS_REFUSED,
    /** Single rows that no packet of this broker can carry, declared as gaps. */
    DEAD_LETTERED,
    /** Publishes that the broker refused with a reason code. */
    PUBLISH_REFUSED,
    /** Messages from the fleet that could not be read. */
    DOWN_MALFORMED,
    /** Messages from the fleet dropped because the queue to the store was full; the fleet repeats them. */
    DOWN_DROPPED,
    /** Commands that came in, repeats and refused ones among them. */
    COMMANDS,
    /** Commands dropped because too many waited; the fleet repeats them. */
    COMMANDS_DROPPED,
    /** Commands that were carried out. */
    COMMANDS_DONE,
    /** Commands that were tried and did not work. */
    COMMANDS_FAILED,
    /** Commands that were cut off, by a crash or by a deadline. */
    COMMANDS_UNKNOWN,
    /** Commands that came again and got the same answer again. */
    COMMANDS_REPEATED,
    /** Commands refused because they could not be read, or broke a rule of the protocol. */
    COMMANDS_REFUSED_MALFORMED,
    /** Commands refused because they name another device or group. */
    COMMANDS_REFUSED_NOT_FOR_ME,
    /** Commands refused because this agent does not know their type. */
    COMMANDS_REFUSED_UNKNOWN_TYPE,
    /** Commands refused because of their arguments. */
    COMMANDS_REFUSED_ARGUMENTS,
    /** Commands refused because their time has not come. */
    COMMANDS_REFUSED_NOT_YET,
    /** Commands refused because their time is over. */
    COMMANDS_REFUSED_EXPIRED,
    /** Commands refused because too many came at once. */
    COMMANDS_REFUSED_TOO_OFTEN,
    /** Commands refused because another one had the same id. */
    COMMANDS_REFUSED_ID_REUSED,
    /** Commands refused because nobody who may has signed them. */
    COMMANDS_REFUSED_UNAUTHORISED,
    /** Commands refused because the journal is full or cannot be written. */
    COMMANDS_REFUSED_JOURNAL,
    /** Commands refused because the device is not in a state to carry them out. */
    COMMANDS_REFUSED_STATE,
    /** Answers that could not be published; those of commands with an id are delivered as rows. */
    ANSWERS_UNPUBLISHED,
    /** What actuators did that take their time: messages, calls, programs. */
    ACTS_DONE,
    /** The same that was tried and did not work. */
    ACTS_FAILED,
    /** The same that was not tried because too many waited. */
    ACTS_DROPPED,
    /** Inputs that were kept as samples. */
    SAMPLES_TAKEN,
    /** Inputs that were to be kept and for which there was no room in memory or on the disk. */
    SAMPLES_REFUSED,
    /** Samples that were deleted for others. */
    SAMPLES_EVICTED,
    /** Samples that the disk had damaged. */
    SAMPLES_DAMAGED,
    /** Samples that the fleet has, and that were therefore deleted. */
    SAMPLES_SENT,
    /** Connections made. */
    CONNECTS,
    /** Connections lost. */
    DISCONNECTS,
    /** Links that took the place of another, because the settings changed. */
    LINKS_EXCHANGED,
    /** Pipelines that were opened anew because the configuration changed. */
    PIPELINES_REBUILT,
    /** Configurations that were taken over. */
    CONFIG_APPLIED,
    /** Configurations that were no other than what had been seen. */
    CONFIG_UNCHANGED,
    /** Configurations that were refused. */
    CONFIG_REFUSED,
    /** Configurations that were tried and had to go back. */
    CONFIG_REVERTED
}
