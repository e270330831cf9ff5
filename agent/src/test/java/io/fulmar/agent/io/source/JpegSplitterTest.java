package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fulmar.agent.Golden;
import io.fulmar.agent.io.SourceException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class JpegSplitterTest {
    /** Start, a segment with a whole picture in it, a scan with a stuffed byte and a restart, another scan, the end. */
    private static final String NESTED = "ffd8 ffe1000a ffd8ffda0002ffd9 ffda0004aabb 01ff00ffd002 ffda0002 03 ffd9";

    private static final String PLAIN = "ffd8 ffda0002 01 ffd9";

    @Test
    void aPictureInThePictureDoesNotEndIt() throws IOException {
        JpegSplitter splitter = splitter(NESTED + PLAIN, 1_000);
        assertThat(splitter.next()).isEqualTo(bytes(NESTED));
        assertThat(splitter.next()).isEqualTo(bytes(PLAIN));
        assertThat(splitter.next()).isNull();
    }

    @Test
    void whatLiesBetweenPicturesIsLeftOut() throws IOException {
        JpegSplitter splitter = splitter("0d0a2d2d ffff" + PLAIN + "0d0a00" + PLAIN + "ffd8 ffda", 1_000);
        assertThat(splitter.next()).isEqualTo(bytes(PLAIN));
        assertThat(splitter.next()).isEqualTo(bytes(PLAIN));
        assertThat(splitter.next()).as("the rest of one").isNull();
    }

    @Test
    void aDamagedOrTooLargePictureIsAFailureAndTheNextOneFollows() throws IOException {
        JpegSplitter damaged = splitter("ffd8 ffe00001" + PLAIN + "ffd8 4142" + PLAIN, 1_000);
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(SourceException.class).isThrownBy(damaged::next);
            assertThat(damaged.next()).isEqualTo(bytes(PLAIN));
        }
        JpegSplitter large = splitter(NESTED + PLAIN, bytes(PLAIN).length);
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(large::next)
                .withMessageContaining("larger than max_size");
    }

    @Test
    void realPicturesComeOutAsTheyWentIn() throws IOException {
        byte[] parrot = Golden.sharedBytes("image/parrot.jpg");
        byte[] twice = new byte[2 * parrot.length];
        System.arraycopy(parrot, 0, twice, 0, parrot.length);
        System.arraycopy(parrot, 0, twice, parrot.length, parrot.length);
        JpegSplitter splitter = new JpegSplitter(new ByteArrayInputStream(twice), 1 << 20);
        assertThat(splitter.next()).isEqualTo(parrot);
        assertThat(splitter.next()).isEqualTo(parrot);
        assertThat(splitter.next()).isNull();
    }

    private static JpegSplitter splitter(String hex, long maxSize) {
        return new JpegSplitter(new ByteArrayInputStream(bytes(hex)), maxSize);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
