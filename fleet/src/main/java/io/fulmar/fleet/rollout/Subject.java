package io.fulmar.fleet.rollout;

import io.fulmar.fleet.rollout.Facts.Progress;
import io.fulmar.fleet.rollout.Plan.Change;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part of a desired state that a rollout changes, and nothing else of it. Immutable. */
sealed interface Subject {
    /** The document with it in it. */
    Desired with(Desired before, long version, long shadowMillis);

    /** The document with what was there before it; null for nothing. */
    Desired back(Desired now, long version, @Nullable Desired was);

    /** Only what this changes, to be put back later: of the document, or of what the device says where the document is silent. */
    Desired keep(Desired before, @Nullable Reported said);

    /** Whether it is in the document. */
    boolean isIn(Desired document);

    /** How far a device is with it, as it was told by that version. */
    Progress progress(Reported said, long version);

    /** Why it was turned down; null where it was not, or nothing is known. */
    @Nullable
    String reason(Reported said, long version);

    /** What the device measured of it; null where there is nothing. */
    Reported.@Nullable Numbers numbers(Reported said, long version);

    /** Why nobody is to get it any more; null where that is not so. */
    @Nullable
    String withdrawn();

    /** Finds a release in the catalogue as a desired state names it; null where there is none. */
    interface Catalogue {
        Desired.@Nullable Model find(String manifest);

        /** Why nobody is to get that release any more; null where that is not so. */
        @Nullable
        String withdrawn(String manifest);
    }

    static Subject of(Change change, Catalogue catalogue) {
        return switch (change) {
            case Plan.Release release -> new OfModel(release, catalogue);
            case Plan.Configuration(String toml) -> new OfConfiguration(Desired.Config.of(toml));
        };
    }

    /** What was kept, as a text. */
    static String text(Desired kept) {
        return new String(DesiredCodec.encode(kept), StandardCharsets.UTF_8);
    }

    static Desired read(String kept) {
        return DesiredCodec.decode(kept.getBytes(StandardCharsets.UTF_8));
    }

    /** A release of a model. */
    record OfModel(Plan.Release release, Catalogue catalogue) implements Subject {
        @Override
        public Desired with(Desired before, long version, long shadowMillis) {
            Desired.Model found = catalogue.find(release.manifest());
            if (found == null) {
                throw new WireException("the release is not in the catalogue any more: " + release.manifest());
            }
            return replaced(before, version, again(found, version, shadowMillis));
        }

        @Override
        public @Nullable String withdrawn() {
            return catalogue.withdrawn(release.manifest());
        }

        @Override
        public Desired back(Desired now, long version, @Nullable Desired was) {
            Desired.Model before =
                    was == null || was.models().isEmpty() ? null : was.models().getFirst();
            return replaced(now, version, before == null ? null : again(before, version, 0));
        }

        private Desired replaced(Desired before, long version, Desired.@Nullable Model by) {
            List<Desired.Model> models = new ArrayList<>(before.models());
            models.removeIf(model -> model.name().equals(release.model()));
            if (by != null) {
                models.add(by);
            }
            return before.with(version, models);
        }

        private static Desired.Model again(Desired.Model model, long version, long shadowMillis) {
            return new Desired.Model(
                    model.name(),
                    model.version(),
                    model.release(),
                    model.manifest(),
                    model.size(),
                    model.statement(),
                    version,
                    shadowMillis);
        }

        @Override
        public Desired keep(Desired before, @Nullable Reported said) {
            List<Desired.Model> kept = new ArrayList<>();
            for (Desired.Model model : before.models()) {
                if (model.name().equals(release.model()) && !model.manifest().equals(release.manifest())) {
                    kept.add(again(model, 0, 0));
                }
            }
            if (kept.isEmpty() && said != null) {
                for (Reported.Model model : said.models()) {
                    boolean other = model.name().equals(release.model())
                            && !model.manifest().equals(release.manifest());
                    Desired.Model found = other && model.state() == Reported.ModelState.ACTIVE
                            ? catalogue.find(model.manifest())
                            : null;
                    if (found != null) {
                        kept.add(found);
                        break;
                    }
                }
            }
            return new Desired(Math.max(1, before.version()), before.device(), Desired.Config.of(""), kept);
        }

        @Override
        public boolean isIn(Desired document) {
            return document.models().stream()
                    .anyMatch(model -> model.name().equals(release.model())
                            && model.manifest().equals(release.manifest()));
        }

        @Override
        public Progress progress(Reported reported, long version) {
            Reported.Model said = said(reported, version);
            if (said == null) {
                return Progress.NONE;
            }
            return switch (said.state()) {
                case DOWNLOADING, VERIFYING, STAGED, TESTING, SHADOW, TRIAL -> Progress.ON_THE_WAY;
                case SHADOWED -> Progress.WATCHED;
                case ACTIVE -> Progress.ACTIVE;
                case ROLLED_BACK, REJECTED -> Progress.FAILED;
            };
        }

        private Reported.@Nullable Model said(Reported reported, long version) {
            Reported.Model active = null;
            for (Reported.Model model : reported.models()) {
                if (model.name().equals(release.model()) && model.manifest().equals(release.manifest())) {
                    if (model.state() == Reported.ModelState.ACTIVE) {
                        active = model;
                    } else if (model.assigned() >= version) {
                        return model;
                    }
                }
            }
            return active;
        }

        @Override
        public @Nullable String reason(Reported reported, long version) {
            Reported.Model said = said(reported, version);
            return said == null ? null : said.reason();
        }

        @Override
        public Reported.@Nullable Numbers numbers(Reported reported, long version) {
            Reported.Model said = said(reported, version);
            return said == null ? null : said.numbers();
        }
    }

    /** A fragment of configuration. */
    record OfConfiguration(Desired.Config config) implements Subject {
        @Override
        public Desired with(Desired before, long version, long shadowMillis) {
            return new Desired(version, before.device(), config, before.models());
        }

        @Override
        public @Nullable String withdrawn() {
            return null;
        }

        @Override
        public Desired back(Desired now, long version, @Nullable Desired was) {
            Desired.Config before = was == null ? Desired.Config.of("") : was.config();
            return new Desired(version, now.device(), before, now.models());
        }

        @Override
        public Desired keep(Desired before, @Nullable Reported said) {
            return new Desired(Math.max(1, before.version()), before.device(), before.config());
        }

        @Override
        public boolean isIn(Desired document) {
            return document.config().equals(config);
        }

        @Override
        public Progress progress(Reported said, long version) {
            boolean runs = said.config().sha256().equals(config.sha256());
            if (runs && said.config().state() == Reported.State.ACTIVE) {
                return Progress.ACTIVE;
            }
            if (said.desiredVersion() < version) {
                return Progress.NONE;
            }
            return switch (said.config().state()) {
                case REFUSED, REVERTED -> Progress.FAILED;
                case TRIAL, ACTIVE -> Progress.ON_THE_WAY;
            };
        }

        @Override
        public @Nullable String reason(Reported said, long version) {
            return said.desiredVersion() < version ? null : said.config().reason();
        }

        @Override
        public Reported.@Nullable Numbers numbers(Reported said, long version) {
            return null;
        }
    }
}
