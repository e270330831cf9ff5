package io.fulmar.cli.world;

import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkCounters;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import java.util.List;

/** A link at whose publishing the process that uses it may be killed. Owned by the test's thread. */
final class MortalLink implements Link {
    private final Link link;
    private final Fuse fuse;

    MortalLink(Link link, Fuse fuse) {
        this.link = link;
        this.fuse = fuse;
    }

    @Override
    public int work(long nowNanos) {
        return link.work(nowNanos);
    }

    @Override
    public long idleNanos(long nowNanos) {
        return link.idleNanos(nowNanos);
    }

    @Override
    public void listen(List<String> filters) {
        link.listen(filters);
    }

    @Override
    public PublishOutcome publish(OutboundMessage message) {
        fuse.burn();
        return link.publish(message);
    }

    @Override
    public boolean connected() {
        return link.connected();
    }

    @Override
    public LinkCounters counters() {
        return link.counters();
    }

    @Override
    public void close() {
        link.close();
    }
}
