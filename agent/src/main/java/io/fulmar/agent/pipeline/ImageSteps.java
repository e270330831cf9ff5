package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.media.ImageDecoder;
import io.fulmar.agent.media.MediaException;
import io.fulmar.agent.media.Resize;
import io.fulmar.agent.media.View;
import io.fulmar.config.PreprocessSettings;

/** The steps that make a model's input of pictures. Owned by the pipeline's thread. */
final class ImageSteps {
    private ImageSteps() {}

    /** A file to a picture. */
    static Preprocess.Step decode(PreprocessSettings.DecodeImage settings) {
        return content -> {
            try {
                return ImageDecoder.decode(((Content.Encoded) content).bytes(), settings.maxPixels());
            } catch (MediaException e) {
                throw Preprocess.failure(e);
            }
        };
    }

    /** A picture to another size. */
    static Preprocess.Step resize(PreprocessSettings.Resize settings) {
        Resize resize = new Resize(
                settings.width(),
                settings.height(),
                switch (settings.method()) {
                    case NEAREST -> Resize.Method.NEAREST;
                    case BILINEAR -> Resize.Method.BILINEAR;
                    case AREA -> Resize.Method.AREA;
                },
                switch (settings.fit()) {
                    case STRETCH -> Resize.Fit.STRETCH;
                    case LETTERBOX -> Resize.Fit.LETTERBOX;
                    case CROP -> Resize.Fit.CROP;
                },
                settings.fill().stream().mapToInt(Integer::intValue).toArray());
        return new Preprocess.Step() {
            @Override
            public Content apply(Content content) {
                return resize.apply((Content.Image) content);
            }

            @Override
            public View view() {
                return resize.view();
            }
        };
    }

    /** A picture to numbers, three for each pixel, or one. Owned by the pipeline's thread. */
    static final class Pixels implements Preprocess.Step {
        private final PreprocessSettings.Pixels.Order order;
        private final float[] values;
        private final Content.Values content;

        Pixels(PreprocessSettings.Pixels settings, int pixels) {
            order = settings.order();
            values = new float[pixels * channels(settings)];
            content = new Content.Values(values);
        }

        static int channels(PreprocessSettings.Pixels settings) {
            return settings.order() == PreprocessSettings.Pixels.Order.GREY ? 1 : 3;
        }

        @Override
        public Content apply(Content picture) {
            byte[] rgb = ((Content.Image) picture).rgb();
            switch (order) {
                case RGB -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = rgb[i] & 0xFF;
                    }
                }
                case BGR -> {
                    for (int i = 0; i < values.length; i += 3) {
                        values[i] = rgb[i + 2] & 0xFF;
                        values[i + 1] = rgb[i + 1] & 0xFF;
                        values[i + 2] = rgb[i] & 0xFF;
                    }
                }
                case GREY -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = grey(rgb[3 * i] & 0xFF, rgb[3 * i + 1] & 0xFF, rgb[3 * i + 2] & 0xFF);
                    }
                }
            }
            return content;
        }

        /** The brightness of ITU-R BT.601 in whole numbers, as other software rounds it. */
        private static int grey(int red, int green, int blue) {
            return (19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16;
        }
    }
}
