package io.fulmar.sync.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.fulmar.sync.wire.proto.FulmarProto;
import java.util.HexFormat;

/** Turns what is said of a sample into bytes and back. Thread-safe. */
public final class SampleCodec {
    private SampleCodec() {}

    /** As it stands before its content on a device's disk. */
    public static byte[] encode(Sample sample) {
        return message(sample).toByteArray();
    }

    /** What {@link #encode} has made; a {@link WireException} says why it is none. */
    public static Sample decode(byte[] bytes) {
        try {
            return sample(FulmarProto.Sample.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            throw new WireException("not a valid sample: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new WireException("not a possible sample: " + e.getMessage(), e);
        }
    }

    static FulmarProto.SampleChunk chunk(SampleChunk chunk) {
        return FulmarProto.SampleChunk.newBuilder()
                .setSample(message(chunk.sample()))
                .setChunks(chunk.sample().chunks())
                .setNumber(chunk.number())
                .setContent(ByteString.copyFrom(chunk.content()))
                .build();
    }

    static SampleChunk chunk(Stamp at, FulmarProto.SampleChunk message) {
        Sample sample = sample(message.getSample());
        if (message.getChunks() != sample.chunks()) {
            throw new WireException("a sample of " + sample.size() + " bytes in " + message.getChunks() + " parts");
        }
        return new SampleChunk(
                at, sample, message.getNumber(), message.getContent().toByteArray());
    }

    private static FulmarProto.Sample message(Sample sample) {
        FulmarProto.Sample.Builder message = FulmarProto.Sample.newBuilder()
                .setEpoch(sample.receipt().epoch())
                .setStream(sample.receipt().stream().number())
                .setSeq(sample.receipt().seq())
                .setTaken(Records.stamp(sample.taken()))
                .setFrame(sample.frame())
                .setPipeline(sample.pipeline())
                .setModel(Records.model(sample.model()))
                .setLabelIndex(sample.labelIndex())
                .setScore(sample.score())
                .addAllValues(sample.values())
                .setRule(sample.rule())
                .setFormat(sample.format())
                .setSize(sample.size())
                .setSha256(ByteString.copyFrom(HexFormat.of().parseHex(sample.sha256())));
        if (sample.label() != null) {
            message.setLabel(sample.label());
        }
        return message.build();
    }

    private static Sample sample(FulmarProto.Sample message) {
        if (message.getSize() < 0 || message.getSize() > Limits.SAMPLE_BYTES) {
            throw new WireException("a sample of " + message.getSize() + " bytes");
        }
        return new Sample(
                new Receipt(message.getEpoch(), Stream.of(message.getStream()), message.getSeq()),
                Records.stamp(message.getTaken()),
                message.getFrame(),
                message.getPipeline(),
                Records.model(message.getModel()),
                message.hasLabel() ? message.getLabel() : null,
                message.getLabelIndex(),
                message.getScore(),
                message.getValuesList(),
                message.getRule(),
                message.getFormat(),
                (int) message.getSize(),
                HexFormat.of().formatHex(message.getSha256().toByteArray()));
    }
}
