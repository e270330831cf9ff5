package io.fulmar.agent.pipeline;

import io.fulmar.agent.drift.ReferenceKeeper;
import io.fulmar.agent.io.Hardware;
import io.fulmar.agent.io.act.Acting;

/** What a pipeline needs from the agent around it. Immutable. */
public record PipelineContext(
        Recorder recorder,
        Stamper stamper,
        String agentVersion,
        Breadcrumbs breadcrumbs,
        Hardware hardware,
        Acting acting,
        ReferenceKeeper references,
        SampleKeeper samples) {
    /** One whose models leave no trace. */
    public PipelineContext(Recorder recorder, Stamper stamper, String agentVersion) {
        this(recorder, stamper, agentVersion, Breadcrumbs.none());
    }

    /** One with nothing wired nobody outside, and that keeps neither references nor samples. */
    public PipelineContext(Recorder recorder, Stamper stamper, String agentVersion, Breadcrumbs breadcrumbs) {
        this(
                recorder,
                stamper,
                agentVersion,
                breadcrumbs,
                Hardware.none(),
                Acting.none(),
                ReferenceKeeper.NONE,
                SampleKeeper.NONE);
    }
}
