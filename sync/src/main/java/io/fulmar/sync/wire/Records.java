package io.fulmar.sync.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.fulmar.sync.wire.proto.FulmarProto;
import java.util.HexFormat;
import java.util.List;

/** Turns records into the bytes of a row and back. Thread-safe. */
public final class Records {
    private Records() {}

    /** The bytes of that record; an IllegalArgumentException says that it is over {@link Limits#RECORD_BYTES}. */
    public static byte[] encode(DeviceRecord record) {
        FulmarProto.Record.Builder message = FulmarProto.Record.newBuilder().setAt(stamp(record.at()));
        switch (record) {
            case Prediction prediction -> message.setPrediction(prediction(prediction));
            case StageFailure failure ->
                message.setStageFailure(FulmarProto.StageFailure.newBuilder()
                        .setPipeline(failure.pipeline())
                        .setFrame(failure.frame())
                        .setStage(failure.stage())
                        .setReason(failure.reason()));
            case DeviceEvent event ->
                message.setDeviceEvent(FulmarProto.DeviceEvent.newBuilder()
                        .setKind(event.kind())
                        .setDetail(event.detail()));
            case StoreQuarantined quarantined ->
                message.setStoreQuarantined(FulmarProto.StoreQuarantined.newBuilder()
                        .setEpoch(quarantined.epoch())
                        .setStream(quarantined.stream().number())
                        .setFirst(quarantined.first())
                        .setLast(quarantined.last())
                        .setCount(quarantined.count())
                        .setReason(quarantined.reason())
                        .setFile(quarantined.file()));
            case CommandResult result -> message.setCommandResult(commandResult(result));
            case ModelStatistics statistics -> message.setModelStatistics(statistics(statistics));
            case SampleChunk chunk -> message.setSampleChunk(SampleCodec.chunk(chunk));
        }
        byte[] bytes = message.build().toByteArray();
        if (bytes.length > Limits.RECORD_BYTES) {
            throw new IllegalArgumentException(
                    "a record of " + bytes.length + " bytes is over the limit of " + Limits.RECORD_BYTES);
        }
        return bytes;
    }

    /** The record of those bytes; a {@link WireException} says why they are none. */
    public static DeviceRecord decode(byte[] bytes) {
        if (bytes.length > Limits.RECORD_BYTES) {
            throw new WireException(
                    "a record of " + bytes.length + " bytes is over the limit of " + Limits.RECORD_BYTES);
        }
        try {
            FulmarProto.Record message = FulmarProto.Record.parseFrom(bytes);
            if (!message.hasAt()) {
                throw new WireException("the record does not say when it was made");
            }
            Stamp at = stamp(message.getAt());
            return switch (message.getRecordCase()) {
                case PREDICTION -> prediction(at, message.getPrediction());
                case STAGE_FAILURE -> {
                    FulmarProto.StageFailure failure = message.getStageFailure();
                    yield new StageFailure(
                            at, failure.getPipeline(), failure.getFrame(), failure.getStage(), failure.getReason());
                }
                case DEVICE_EVENT ->
                    new DeviceEvent(
                            at,
                            message.getDeviceEvent().getKind(),
                            message.getDeviceEvent().getDetail());
                case STORE_QUARANTINED -> quarantined(at, message.getStoreQuarantined());
                case COMMAND_RESULT -> commandResult(at, message.getCommandResult());
                case MODEL_STATISTICS -> statistics(at, message.getModelStatistics());
                case SAMPLE_CHUNK -> SampleCodec.chunk(at, message.getSampleChunk());
                case RECORD_NOT_SET -> throw new WireException("the record is of no kind that is known here");
            };
        } catch (InvalidProtocolBufferException e) {
            throw new WireException("not a valid record: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new WireException("not a possible record: " + e.getMessage(), e);
        }
    }

    private static FulmarProto.Prediction prediction(Prediction prediction) {
        FulmarProto.Prediction.Builder message = FulmarProto.Prediction.newBuilder()
                .setPipeline(prediction.pipeline())
                .setSource(prediction.source())
                .setFrame(prediction.frame())
                .setModel(model(prediction.model()))
                .setInputDigest(prediction.inputDigest())
                .setLabelIndex(prediction.labelIndex())
                .setScore(prediction.score())
                .addAllValues(prediction.values())
                .setInferMicros(prediction.inferMicros())
                .addAllActions(prediction.actions())
                .setAlarm(prediction.alarm())
                .setAgentVersion(prediction.agentVersion());
        if (prediction.label() != null) {
            message.setLabel(prediction.label());
        }
        for (Score score : prediction.top()) {
            message.addTop(FulmarProto.Score.newBuilder()
                    .setLabel(score.label())
                    .setIndex(score.index())
                    .setScore(score.score()));
        }
        Found found = prediction.found();
        for (Found.Box box : found.objects()) {
            message.addObjects(FulmarProto.Box.newBuilder()
                    .setLabel(box.label())
                    .setIndex(box.index())
                    .setScore(box.score())
                    .setLeft(box.left())
                    .setTop(box.top())
                    .setWidth(box.width())
                    .setHeight(box.height()));
        }
        for (Found.Keypoint point : found.keypoints()) {
            message.addKeypoints(FulmarProto.Keypoint.newBuilder()
                    .setName(point.name())
                    .setX(point.x())
                    .setY(point.y())
                    .setScore(point.score()));
        }
        for (Found.Quantity quantity : found.quantities()) {
            message.addQuantities(FulmarProto.Quantity.newBuilder()
                    .setName(quantity.name())
                    .setValue(quantity.value())
                    .setUnit(quantity.unit()));
        }
        return message.build();
    }

    private static Prediction prediction(Stamp at, FulmarProto.Prediction message) {
        List<Score> top = message.getTopList().stream()
                .map(score -> new Score(score.getLabel(), score.getIndex(), score.getScore()))
                .toList();
        return new Prediction(
                at,
                message.getPipeline(),
                message.getSource(),
                message.getFrame(),
                model(message.getModel()),
                message.getInputDigest(),
                message.hasLabel() ? message.getLabel() : null,
                message.getLabelIndex(),
                message.getScore(),
                top,
                message.getValuesList(),
                message.getInferMicros(),
                message.getActionsList(),
                message.getAlarm(),
                message.getAgentVersion(),
                found(message));
    }

    private static Found found(FulmarProto.Prediction message) {
        return new Found(
                message.getObjectsList().stream()
                        .map(box -> new Found.Box(
                                box.getLabel(),
                                box.getIndex(),
                                box.getScore(),
                                box.getLeft(),
                                box.getTop(),
                                box.getWidth(),
                                box.getHeight()))
                        .toList(),
                message.getKeypointsList().stream()
                        .map(point -> new Found.Keypoint(point.getName(), point.getX(), point.getY(), point.getScore()))
                        .toList(),
                message.getQuantitiesList().stream()
                        .map(quantity ->
                                new Found.Quantity(quantity.getName(), quantity.getValue(), quantity.getUnit()))
                        .toList());
    }

    private static StoreQuarantined quarantined(Stamp at, FulmarProto.StoreQuarantined message) {
        return new StoreQuarantined(
                at,
                message.getEpoch(),
                Stream.of(message.getStream()),
                message.getFirst(),
                message.getLast(),
                message.getCount(),
                message.getReason(),
                message.getFile());
    }

    private static FulmarProto.CommandResult commandResult(CommandResult result) {
        FulmarProto.CommandResult.Builder message = FulmarProto.CommandResult.newBuilder()
                .setCommand(result.command())
                .setType(result.type())
                .setOutcome(number(result.outcome()))
                .setResultSize(result.resultBytes());
        if (result.reason() != null) {
            message.setReason(result.reason());
        }
        if (result.result() != null) {
            message.setResult(result.result());
        }
        return message.build();
    }

    private static CommandResult commandResult(Stamp at, FulmarProto.CommandResult message) {
        return new CommandResult(
                at,
                message.getCommand(),
                message.getType(),
                outcome(message.getOutcome()),
                message.hasReason() ? message.getReason() : null,
                message.hasResult() ? message.getResult() : null,
                message.getResultSize());
    }

    static FulmarProto.Stamp stamp(Stamp stamp) {
        return FulmarProto.Stamp.newBuilder()
                .setWallMillis(stamp.wallMillis())
                .setUptimeMillis(stamp.uptimeMillis())
                .setBoot(stamp.boot())
                .setOffsetMillis(stamp.offsetMillis())
                .build();
    }

    static Stamp stamp(FulmarProto.Stamp message) {
        return new Stamp(
                message.getWallMillis(), message.getUptimeMillis(), message.getBoot(), message.getOffsetMillis());
    }

    static FulmarProto.Model.Builder model(ModelRef model) {
        return FulmarProto.Model.newBuilder()
                .setName(model.name())
                .setVersion(model.version())
                .setSha256(ByteString.copyFrom(HexFormat.of().parseHex(model.sha256())));
    }

    static ModelRef model(FulmarProto.Model message) {
        return new ModelRef(
                message.getName(),
                message.getVersion(),
                HexFormat.of().formatHex(message.getSha256().toByteArray()));
    }

    private static FulmarProto.ModelStatistics statistics(ModelStatistics statistics) {
        FulmarProto.ModelStatistics.Builder message = FulmarProto.ModelStatistics.newBuilder()
                .setPipeline(statistics.pipeline())
                .setModel(model(statistics.model()))
                .setPredictions(statistics.predictions())
                .setWindow(statistics.window())
                .setDrifting(statistics.drifting());
        for (ModelStatistics.Distribution each : statistics.distributions()) {
            message.addDistributions(FulmarProto.Distribution.newBuilder()
                    .setName(each.name())
                    .setLearned(each.learned())
                    .addAllLabels(each.labels())
                    .addAllEdges(each.edges())
                    .addAllReference(each.reference())
                    .addAllCounts(each.counts())
                    .setPsi(each.psi())
                    .setKs(each.ks()));
        }
        return message.build();
    }

    private static ModelStatistics statistics(Stamp at, FulmarProto.ModelStatistics message) {
        return new ModelStatistics(
                at,
                message.getPipeline(),
                model(message.getModel()),
                message.getPredictions(),
                message.getWindow(),
                message.getDrifting(),
                message.getDistributionsList().stream()
                        .map(each -> new ModelStatistics.Distribution(
                                each.getName(),
                                each.getLearned(),
                                each.getLabelsList(),
                                each.getEdgesList(),
                                each.getReferenceList(),
                                each.getCountsList(),
                                each.getPsi(),
                                each.getKs()))
                        .toList());
    }

    private static int number(CommandAnswer.Outcome outcome) {
        return switch (outcome) {
            case DONE -> 1;
            case FAILED -> 2;
            case REFUSED -> 3;
            case UNKNOWN -> 4;
        };
    }

    private static CommandAnswer.Outcome outcome(int number) {
        return switch (number) {
            case 1 -> CommandAnswer.Outcome.DONE;
            case 2 -> CommandAnswer.Outcome.FAILED;
            case 3 -> CommandAnswer.Outcome.REFUSED;
            case 4 -> CommandAnswer.Outcome.UNKNOWN;
            default -> throw new WireException("no such outcome of a command: " + number);
        };
    }
}
