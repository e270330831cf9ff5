package io.fulmar.cli.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whose program listens at a port. */
class ListenersTest {
    private static final String REST = " 00000000:00000000 00:00000000 00000000 ";
    private static final InetSocketAddress AGENT = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8081);

    @Test
    void thisUserIsFoundWhereItListens() throws IOException {
        assumeThat(Path.of("/proc/net/tcp")).exists();
        Object me = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        for (String host : List.of("127.0.0.1", "0.0.0.0")) {
            InetSocketAddress address;
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(host))) {
                address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), socket.getLocalPort());
                assertThat(Listeners.at(address)).isEqualTo(Set.of(me));
            }
            assertThat(Listeners.at(address)).isEmpty();
        }
    }

    @Test
    void onlyWhoGetsWhatIsSentThereCounts() throws IOException {
        assumeThat(ByteOrder.nativeOrder()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        String header =
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
        String here = "   0: 0100007F:1F91 00000000:0000 0A" + REST + "  33        0 1";
        String otherPort = "   1: 0100007F:1F92 00000000:0000 0A" + REST + "  34        0 1";
        String caller = "   2: 0100007F:1F91 0100007F:9C40 01" + REST + "  35        0 1";
        String otherAddress = "   3: 0500A8C0:1F91 00000000:0000 0A" + REST + "  36        0 1";
        String everywhere = "   4: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A"
                + REST + "  37        0 1";
        String mapped = "   5: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A" + REST
                + "  38        0 1";
        List<String> others = List.of(header, otherPort, caller, otherAddress);

        assertThat(Listeners.at(AGENT, others)).isEmpty();
        assertThat(Listeners.at(AGENT, with(others, here))).containsExactly(33);
        assertThat(Listeners.at(AGENT, with(others, everywhere))).containsExactly(37);
        assertThat(Listeners.at(AGENT, with(others, everywhere, mapped))).containsExactly(38);
        assertThat(Listeners.at(AGENT, with(others, here, mapped))).containsExactly(33, 38);
    }

    private static List<String> with(List<String> lines, String... more) {
        return Stream.concat(lines.stream(), Stream.of(more)).toList();
    }
}
