package io.fulmar.fleet.identity;

import io.fulmar.sync.wire.Topics;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who a certificate speaks for: its subject's common name, which is also the user name at the broker. The names of services
 * and operators hold a colon, which no device id has, so that no device can be called like one of them. Immutable.
 */
public sealed interface Principal {
    /** As the certificate's subject says it. */
    String commonName();

    /**
     * A device.
     *
     * @param groups those whose commands it hears
     */
    record Device(String id, Set<String> groups) implements Principal {
        public Device {
            groups = Set.copyOf(new TreeSet<>(groups));
        }

        @Override
        public String commonName() {
            return id;
        }
    }

    /** A part of the fleet itself, such as the ingest. */
    record Service(String name) implements Principal {
        /** Which part, whichever of several services it is of. */
        String part() {
            int node = name.indexOf(FleetIdentity.OF_NODE);
            return node < 0 ? name : name.substring(0, node);
        }

        @Override
        public String commonName() {
            return SERVICE + name;
        }
    }

    /** A person, or a program that acts for one. */
    record Operator(String name) implements Principal {
        @Override
        public String commonName() {
            return OPERATOR + name;
        }
    }

    String SERVICE = "fleet:";
    String OPERATOR = "operator:";

    /** Who is called so; a device has no groups then. Null when nobody can be. */
    static @Nullable Principal named(String commonName) {
        if (commonName.startsWith(SERVICE)) {
            return new Service(commonName.substring(SERVICE.length()));
        }
        if (commonName.startsWith(OPERATOR)) {
            return new Operator(commonName.substring(OPERATOR.length()));
        }
        return Topics.isDeviceId(commonName) ? new Device(commonName, Set.of()) : null;
    }
}
