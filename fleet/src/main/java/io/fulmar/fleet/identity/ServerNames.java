package io.fulmar.fleet.identity;

import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The names under which clients may reach a server of this machine. Immutable. */
public final class ServerNames {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");

    private ServerNames() {}

    /**
     * The given names first, then the address that is listened on, then this machine's own names and addresses where it
     * listens on all, then those of the loopback interface.
     */
    public static List<String> of(Collection<String> given, String bindAddress) {
        Set<String> names = new LinkedHashSet<>(given);
        if (isAny(bindAddress)) {
            try {
                names.add(InetAddress.getLocalHost().getHostName());
                names.addAll(addresses());
            } catch (UnknownHostException | SocketException e) {
                // a machine without a name or a network: the others remain
            }
        } else {
            names.add(bindAddress);
        }
        names.addAll(LOOPBACK);
        return List.copyOf(names);
    }

    /** Whether it stands for all addresses of this machine. */
    public static boolean isAny(String bindAddress) {
        return bindAddress.equals("0.0.0.0") || bindAddress.equals("::");
    }

    private static List<String> addresses() throws SocketException {
        List<String> addresses = new ArrayList<>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (each.isUp() && !each.isLoopback()) {
                for (InterfaceAddress address : each.getInterfaceAddresses()) {
                    if (!address.getAddress().isLinkLocalAddress()) {
                        addresses.add(withoutScope(address.getAddress().getHostAddress()));
                    }
                }
            }
        }
        return addresses;
    }

    /** An address of IPv6 says behind a percent sign by which interface of this machine it is reached: nobody else's business. */
    static String withoutScope(String address) {
        int scope = address.indexOf('%');
        return scope < 0 ? address : address.substring(0, scope);
    }
}
