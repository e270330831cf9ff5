package io.fulmar.cli.outbox;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Whose programs listen on this machine, as its kernel tells. Thread-safe. */
final class Listeners {
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final String LISTENS = "0A";
    private static final int LOCAL = 1;
    private static final int STATE = 3;
    private static final int USER = 7;

    private Listeners() {}

    /** The numbers of the users who get what is sent there; none where the kernel does not tell, or nobody listens. */
    static Set<Integer> at(InetSocketAddress address) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path table : TABLES) {
            if (Files.isReadable(table)) {
                lines.addAll(Files.readAllLines(table));
            }
        }
        return at(address, lines);
    }

    /** Who listens at the address itself is asked before who listens at all of them. */
    static Set<Integer> at(InetSocketAddress address, List<String> lines) throws IOException {
        Set<Integer> exactly = new TreeSet<>();
        Set<Integer> anywhere = new TreeSet<>();
        for (String line : lines) {
            String[] words = line.strip().split("\\s+", -1);
            if (words.length <= USER || !words[STATE].equals(LISTENS)) {
                continue;
            }
            int colon = words[LOCAL].indexOf(':');
            if (Integer.parseInt(words[LOCAL].substring(colon + 1), 16) == address.getPort()) {
                InetAddress listens = address(words[LOCAL].substring(0, colon));
                if (listens.equals(address.getAddress())) {
                    exactly.add(Integer.valueOf(words[USER]));
                } else if (listens.isAnyLocalAddress()) {
                    anywhere.add(Integer.valueOf(words[USER]));
                }
            }
        }
        return exactly.isEmpty() ? anywhere : exactly;
    }

    /** The kernel prints the words of an address, each as the processor has it. */
    private static InetAddress address(String hex) throws IOException {
        ByteBuffer printed = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        ByteBuffer bytes = ByteBuffer.allocate(printed.capacity()).order(ByteOrder.nativeOrder());
        while (printed.hasRemaining()) {
            bytes.putInt(printed.getInt());
        }
        return InetAddress.getByAddress(bytes.array());
    }
}
