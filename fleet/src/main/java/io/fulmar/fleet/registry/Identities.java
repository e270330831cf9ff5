package io.fulmar.fleet.registry;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the fleet knows of who devices are, whatever they say themselves. Thread-safe. */
public interface Identities {
    /** Nobody was ever enrolled. */
    Identities NONE = new Identities() {
        @Override
        public boolean isRevoked(String device) {
            return false;
        }

        @Override
        public boolean isEnrolled(String device) {
            return false;
        }

        @Override
        public @Nullable Set<String> groups(String device) {
            return null;
        }
    };

    /** Whether its identity was withdrawn; what comes from it all the same is refused. */
    boolean isRevoked(String device);

    /** Whether it has an identity that was not withdrawn. */
    boolean isEnrolled(String device);

    /** The groups that it was enrolled for; null where it was not, so that nobody knows better than itself. */
    @Nullable
    Set<String> groups(String device);

    /** Those of the groups it says it is of that it may be of: it gets to know what they are told. */
    default List<String> groups(String device, List<String> said) {
        Set<String> given = groups(device);
        return given == null ? said : said.stream().filter(given::contains).toList();
    }
}
