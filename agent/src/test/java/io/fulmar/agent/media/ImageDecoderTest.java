package io.fulmar.agent.media;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fulmar.agent.Golden;
import io.fulmar.agent.io.Content;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures as Pillow and the JDK read them. */
class ImageDecoderTest {
    private static final int PIXELS = 1 << 22;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "baseline-444.jpg",
                "baseline-422.jpg",
                "baseline-420.jpg",
                "progressive-444.jpg",
                "progressive-422.jpg",
                "progressive-420.jpg",
                "optimised.jpg",
                "grey.jpg",
                "rgb.png",
                "rgba.png",
                "grey.png",
                "grey-alpha.png",
                "palette-4.png",
                "palette-8.png",
                "bits.png",
                "rgb.bmp",
                "grey.bmp",
                "bits.bmp"
            })
    void everyPixelIsThatOfPillow(String name) {
        Content.Image image = ImageDecoder.decode(Golden.bytes("image/" + name), PIXELS);

        assertThat(image.width()).isEqualTo(45);
        assertThat(image.height()).isEqualTo(35);
        assertThat(image.rgb()).isEqualTo(Golden.bytes("image/" + name + ".rgb"));
    }

    @ParameterizedTest
    @CsvSource({"png,false", "png,true", "jpg,false", "jpg,true"})
    void picturesOfAnySizeAreThoseOfTheJdkInterlacedAndProgressiveToo(String format, boolean stepwise)
            throws IOException {
        Random random = new Random(20_261_122);
        for (int run = 0; run < 40; run++) {
            BufferedImage image = blotches(1 + random.nextInt(70), 1 + random.nextInt(70), random);
            byte[] file = written(image, format, stepwise);
            BufferedImage read = ImageIO.read(new ByteArrayInputStream(file));

            Content.Image ours = ImageDecoder.decode(file, PIXELS);

            assertThat(ours.rgb())
                    .as("%d x %d", image.getWidth(), image.getHeight())
                    .isEqualTo(rgb(read));
        }
    }

    @Test
    void whatIsNoPictureSaysWhatItIs() {
        refused(new byte[0], "unsupported", "an empty file");
        refused("GIF89a".getBytes(US_ASCII), "unsupported", "this is a GIF picture; JPEG, PNG and BMP can be decoded");
        refused("RIFF....WEBP".getBytes(US_ASCII), "unsupported", "WebP");
        refused("RIFF....WAVE".getBytes(US_ASCII), "unsupported", "WAV");
        refused("....ftypheic".getBytes(US_ASCII), "unsupported", "HEIF");
        refused("hello".getBytes(US_ASCII), "unsupported", "no picture");
        refused(Golden.bytes("image/cmyk.jpg"), "unsupported", "CMYK");
    }

    @Test
    void aFileThatEndsTooEarlyIsRefused() {
        for (String name : new String[] {"baseline-420.jpg", "progressive-420.jpg", "rgb.png", "rgb.bmp"}) {
            byte[] file = Golden.bytes("image/" + name);
            for (int length = 10; length < file.length * 9 / 10; length += 7) {
                byte[] part = Arrays.copyOf(file, length);
                assertThatExceptionOfType(MediaException.class)
                        .as("%s to %d", name, length)
                        .isThrownBy(() -> ImageDecoder.decode(part, PIXELS));
            }
        }
    }

    @Test
    void aJpegWithoutItsEndIsRead() {
        byte[] file = Golden.bytes("image/baseline-444.jpg");

        assertThat(ImageDecoder.decode(Arrays.copyOf(file, file.length - 2), PIXELS)
                        .rgb())
                .isEqualTo(Golden.bytes("image/baseline-444.jpg.rgb"));
    }

    /** A few hundred bytes that claim to be a gigabyte. */
    @Test
    void aPictureThatIsTooLargeIsRefusedBeforeAnythingIsAllocated() {
        byte[] png = Golden.bytes("image/rgb.png");
        ByteBuffer.wrap(png).putInt(16, 20_000).putInt(20, 20_000);
        CRC32 sum = new CRC32();
        sum.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) sum.getValue());
        refused(png, "too large", "20000 x 20000 pixels, more than the 4194304 that may be decoded (max_pixels)");

        byte[] jpeg = Golden.bytes("image/baseline-444.jpg");
        ByteBuffer.wrap(jpeg).putShort(frameOf(jpeg) + 5, (short) 65_000);
        refused(jpeg, "too large", "45 x 65000 pixels");

        byte[] bmp = Golden.bytes("image/rgb.bmp");
        bmp[21] = 0x7F;
        refused(bmp, "too large", "pixels");
    }

    @Test
    void whatTheHeapHasNoRoomForIsRefused() {
        assertThatExceptionOfType(MediaException.class)
                .isThrownBy(() -> Limits.requireMemory("PNG", Long.MAX_VALUE / 2))
                .withMessageContaining("a third of the agent's heap")
                .satisfies(e -> assertThat(e.kind()).isEqualTo("too large"));
    }

    /** Whatever the bytes are: a picture, or a reason. */
    @Test
    void damagedFilesAreRefusedAndNeverMore() {
        Random random = new Random(20_261_123);
        Map<String, Integer> kinds = new TreeMap<>();
        for (String name :
                new String[] {"baseline-422.jpg", "progressive-420.jpg", "palette-4.png", "rgba.png", "grey.bmp"}) {
            byte[] file = Golden.bytes("image/" + name);
            for (int run = 0; run < 1_000; run++) {
                byte[] damaged =
                        Arrays.copyOf(file, random.nextInt(4) == 0 ? random.nextInt(file.length) : file.length);
                for (int i = 0; i < 3 && damaged.length > 0; i++) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                try {
                    ImageDecoder.decode(damaged, 1 << 20);
                    kinds.merge("read", 1, Integer::sum);
                } catch (MediaException e) {
                    kinds.merge(e.kind(), 1, Integer::sum);
                }
            }
        }
        assertThat(kinds).containsKeys("read", "damaged", "truncated", "too large", "unsupported");
    }

    private static void refused(byte[] file, String kind, String says) {
        assertThatExceptionOfType(MediaException.class)
                .isThrownBy(() -> ImageDecoder.decode(file, PIXELS))
                .withMessageContaining(says)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private static int frameOf(byte[] jpeg) {
        for (int i = 0; i < jpeg.length - 1; i++) {
            if ((jpeg[i] & 0xFF) == 0xFF && (jpeg[i + 1] & 0xFF) == 0xC0) {
                return i;
            }
        }
        throw new AssertionError("there is no frame");
    }

    private static BufferedImage blotches(int width, int height, Random random) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int a = random.nextInt();
        int b = random.nextInt();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, (x / 5 + y / 3) % 2 == 0 ? a + 3 * x : b + y * 1_000 + random.nextInt(30));
            }
        }
        return image;
    }

    private static byte[] written(BufferedImage image, String format, boolean stepwise) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        var bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(stepwise ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static byte[] rgb(BufferedImage image) {
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        for (int y = 0, at = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int pixel = image.getRGB(x, y);
                rgb[at++] = (byte) (pixel >> 16);
                rgb[at++] = (byte) (pixel >> 8);
                rgb[at++] = (byte) pixel;
            }
        }
        return rgb;
    }
}
