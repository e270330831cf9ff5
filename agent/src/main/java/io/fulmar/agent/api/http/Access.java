package io.fulmar.agent.api.http;

/** Who may use a way to ask. Immutable. */
public enum Access {
    /** Whoever reaches the interface: it tells nothing but whether all is well. */
    EVERYBODY,

    /** Every program of this machine; where the configuration names a token, who knows it. */
    MACHINE,

    /** Who runs the agent, for it changes what the device keeps or gives out what it saw: needs the token, or the {@link OwnerSecret}. */
    OWNER
}
