package io.fulmar.fleet.command;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.command.DesiredStore.Document;
import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what this service itself wants devices to have, until the broker has taken it. What is published twice, since
 * the broker's word was lost, says the same. Owned by the ingest thread.
 */
final class DueDesired {
    private static final Logger LOG = LoggerFactory.getLogger(DueDesired.class);
    private static final long FIRST_TOKEN = 1L << 62; // nobody else waits for the broker's word on this link

    private final Topics topics;
    private final Link link;
    private final Map<Long, Document> underWay = new LinkedHashMap<>();
    private final List<Document> taken = new ArrayList<>();
    private long token = FIRST_TOKEN;
    private long lookedNanos;

    DueDesired(Topics topics, Link link) {
        this.topics = topics;
        this.link = link;
    }

    /** What was under way on the connection before is unknown. */
    void connected() {
        underWay.clear();
    }

    /** The broker said what became of a message. */
    void published(LinkEvent.Published published) {
        Document document = underWay.remove(published.token());
        if (document == null) {
            return;
        }
        if (published.taken()) {
            taken.add(document);
        } else {
            LOG.warn(
                    "the broker does not take what {} is to have: reason code {}",
                    document.device(),
                    published.reasonCode());
        }
    }

    boolean hasNews() {
        return !taken.isEmpty();
    }

    /** Notes what the broker has taken. Inside of the caller's transaction. */
    void store(DesiredStore store) throws SQLException {
        for (Document document : taken) {
            store.published(document);
        }
    }

    /** What was taken is on disk. */
    void stored() {
        taken.clear();
    }

    /**
     * Publishes what is due. Returns how much that was.
     *
     * @param counts whether devices would believe a document
     */
    int publish(DesiredStore store, Predicate<Document> counts, long nowNanos) throws SQLException {
        boolean room = underWay.size() + taken.size() < Limits.DESIRED_UNDER_WAY;
        if (!room || nowNanos - lookedNanos < Limits.DESIRED_LOOK.toNanos()) {
            return 0;
        }
        lookedNanos = nowNanos;
        int count = 0;
        for (Document document : store.due(2 * Limits.DESIRED_UNDER_WAY)) {
            if (isUnderWay(document) || underWay.size() >= Limits.DESIRED_UNDER_WAY) {
                continue;
            }
            if (!counts.test(document)) {
                LOG.warn("what {} is to have is signed by nobody who may, and is not published", document.device());
                taken.add(document);
                continue;
            }
            var message = OutboundMessage.of(topics.desired(document.device()), document.bytes(), 1, true, token)
                    .describedAs(Envelope.JSON, Map.of());
            if (link.publish(message) != PublishOutcome.ACCEPTED) {
                return count;
            }
            underWay.put(token, document);
            token++;
            count++;
        }
        return count;
    }

    private boolean isUnderWay(Document document) {
        return underWay.values().stream().anyMatch(document::isSameVersion)
                || taken.stream().anyMatch(document::isSameVersion);
    }
}
