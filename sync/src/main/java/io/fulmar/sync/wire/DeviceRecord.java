package io.fulmar.sync.wire;

/** What a device records and the fleet stores, one row each; {@link Records} turns it into bytes. Immutable. */
public sealed interface DeviceRecord
        permits Prediction, StageFailure, DeviceEvent, StoreQuarantined, CommandResult, ModelStatistics, SampleChunk {
    Stamp at();
}
