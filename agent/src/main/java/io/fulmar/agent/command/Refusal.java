package io.fulmar.agent.command;

import io.fulmar.agent.health.Counter;

/** Why a command is not carried out; an answer's reason begins with the word. Immutable. */
enum Refusal {
    MALFORMED("malformed", Counter.COMMANDS_REFUSED_MALFORMED),
    NOT_FOR_ME("not-for-me", Counter.COMMANDS_REFUSED_NOT_FOR_ME),
    UNKNOWN_TYPE("unknown-type", Counter.COMMANDS_REFUSED_UNKNOWN_TYPE),
    ARGUMENTS("arguments", Counter.COMMANDS_REFUSED_ARGUMENTS),
    NOT_YET("not-yet", Counter.COMMANDS_REFUSED_NOT_YET),
    EXPIRED("expired", Counter.COMMANDS_REFUSED_EXPIRED),
    TOO_OFTEN("too-often", Counter.COMMANDS_REFUSED_TOO_OFTEN),
    ID_REUSED("id-reused", Counter.COMMANDS_REFUSED_ID_REUSED),
    UNAUTHORISED("unauthorised", Counter.COMMANDS_REFUSED_UNAUTHORISED),
    TOO_MANY("too-many", Counter.COMMANDS_REFUSED_JOURNAL),
    JOURNAL("journal", Counter.COMMANDS_REFUSED_JOURNAL),
    /** The handler had a reason not to begin. */
    STATE("state", Counter.COMMANDS_REFUSED_STATE);

    private final String word;
    private final Counter counter;

    Refusal(String word, Counter counter) {
        this.word = word;
        this.counter = counter;
    }

    Counter counter() {
        return counter;
    }

    String because(String details) {
        return word + ": " + details;
    }
}
