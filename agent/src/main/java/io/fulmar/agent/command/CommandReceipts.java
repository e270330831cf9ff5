package io.fulmar.agent.command;

import io.fulmar.agent.run.ReceiptListener;
import io.fulmar.sync.outbox.StreamState;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.Records;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.util.List;
import java.util.function.Consumer;

/** Tells the dispatcher which answers have their rows. Owned by the store thread. */
public final class CommandReceipts implements ReceiptListener {
    private final ReceiptListener first;
    private final Consumer<CommandResult> committed;

    /**
     * @param first hears of all receipts before
     * @param committed takes the answers
     */
    public CommandReceipts(ReceiptListener first, Consumer<CommandResult> committed) {
        this.first = first;
        this.committed = committed;
    }

    @Override
    public void committed(List<Received> receipts, long commitWallMillis) {
        first.committed(receipts, commitWallMillis);
        for (Received received : receipts) {
            // answers are in the stream of events, where rows are few
            if (received.receipt().stream() == Stream.EVENT) {
                tellIfAnswer(received.record());
            }
        }
    }

    private void tellIfAnswer(byte[] record) {
        try {
            if (Records.decode(record) instanceof CommandResult result) {
                committed.accept(result);
            }
        } catch (WireException e) {
            // not of a kind that this agent wrote: no answer of its
        }
    }

    @Override
    public void acknowledged(StreamState state, long wallMillis) {
        first.acknowledged(state, wallMillis);
    }
}
