package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.config.ActSettings;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Publishes a message about a decision. Owned by the thread that does it. */
final class PublishDeed implements Deed {
    private final ActSettings.Publish settings;
    private final Acting acting;

    PublishDeed(ActSettings.Publish settings, Acting acting) {
        this.settings = settings;
        this.acting = acting;
    }

    @Override
    public String perform(Action action) throws InterruptedException {
        String payload = Objects.requireNonNullElseGet(settings.payload(), () -> acting.text(action));
        acting.publish(settings.topic(), payload.getBytes(StandardCharsets.UTF_8), settings.retain());
        return "the broker took it";
    }
}
