package io.fulmar.agent.pipeline;

/** What a pipeline needs from the agent around it. Immutable. */
public record PipelineContext(Recorder recorder, Stamper stamper, String agentVersion) {}
