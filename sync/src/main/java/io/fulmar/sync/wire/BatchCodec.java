package io.fulmar.sync.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.fulmar.sync.wire.proto.FulmarProto;
import java.util.ArrayList;
import java.util.List;

/** Batches as Protocol Buffers. Thread-safe. */
final class BatchCodec {
    private BatchCodec() {}

    static byte[] encode(Batch batch) {
        if (batch.rows().size() > Limits.BATCH_ROWS) {
            throw new IllegalArgumentException(
                    "a batch of " + batch.rows().size() + " rows is over the limit of " + Limits.BATCH_ROWS);
        }
        FulmarProto.Batch.Builder message = FulmarProto.Batch.newBuilder()
                .setEpoch(batch.epoch())
                .setFirst(batch.first())
                .setTail(ByteString.copyFrom(batch.tailHash().bytes()));
        ChainHash previous = batch.previous();
        if (previous != null) {
            message.setPrevious(ByteString.copyFrom(previous.bytes()));
        }
        for (Row row : batch.rows()) {
            message.addRows(
                    switch (row) {
                        case Row.Data data ->
                            FulmarProto.Row.newBuilder().setRecord(ByteString.copyFrom(data.record()));
                        case Row.Gap gap ->
                            FulmarProto.Row.newBuilder()
                                    .setGap(FulmarProto.Gap.newBuilder()
                                            .setLast(gap.last())
                                            .setReason(gap.reason().number())
                                            .setCount(gap.count())
                                            .setHash(ByteString.copyFrom(
                                                    gap.hash().bytes())));
                    });
        }
        byte[] bytes = message.build().toByteArray();
        if (bytes.length > Limits.INFLATED_BYTES) {
            throw new IllegalArgumentException(
                    "a batch of " + bytes.length + " bytes is over the limit of " + Limits.INFLATED_BYTES);
        }
        return bytes;
    }

    static Batch decode(Stream stream, byte[] bytes) {
        try {
            FulmarProto.Batch message = FulmarProto.Batch.parseFrom(bytes);
            if (message.getRowsCount() > Limits.BATCH_ROWS) {
                throw new WireException(
                        "a batch of " + message.getRowsCount() + " rows is over the limit of " + Limits.BATCH_ROWS);
            }
            List<Row> rows = new ArrayList<>(message.getRowsCount());
            for (FulmarProto.Row row : message.getRowsList()) {
                rows.add(row(row));
            }
            Batch batch = new Batch(
                    message.getEpoch(),
                    stream,
                    message.getFirst(),
                    message.getPrevious().isEmpty()
                            ? null
                            : ChainHash.of(message.getPrevious().toByteArray()),
                    rows);
            if (!batch.tailHash().equals(ChainHash.of(message.getTail().toByteArray()))) {
                throw new WireException("the rows of the batch do not lead to its hash: it was altered on the way");
            }
            return batch;
        } catch (InvalidProtocolBufferException e) {
            throw new WireException("not a valid batch: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new WireException("not a possible batch: " + e.getMessage(), e);
        }
    }

    private static Row row(FulmarProto.Row row) {
        return switch (row.getRowCase()) {
            case RECORD -> {
                if (row.getRecord().size() > Limits.RECORD_BYTES) {
                    throw new WireException("a record of " + row.getRecord().size() + " bytes is over the limit of "
                            + Limits.RECORD_BYTES);
                }
                yield new Row.Data(row.getRecord().toByteArray());
            }
            case GAP ->
                new Row.Gap(
                        row.getGap().getLast(),
                        GapReason.of(row.getGap().getReason()),
                        row.getGap().getCount(),
                        ChainHash.of(row.getGap().getHash().toByteArray()));
            case ROW_NOT_SET -> throw new WireException("a row is neither a record nor a gap");
        };
    }
}
