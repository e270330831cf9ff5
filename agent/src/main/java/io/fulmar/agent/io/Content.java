package io.fulmar.agent.io;

/**
 * What a frame holds. The arrays stay its source's and are valid until that is polled again; steps that work on numbers
 * change them in place. Owned by the pipeline's thread.
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, compared nowhere
public sealed interface Content {

    /** Numbers, in the order of the model's input or of the channels. */
    record Values(float[] values) implements Content {}

    /**
     * A file as it came.
     *
     * @param mediaType what whoever sent it says that it is; the bytes decide
     */
    record Encoded(byte[] bytes, String mediaType) implements Content {}

    /**
     * A picture.
     *
     * @param rgb three bytes a pixel, row by row from the top left; may be longer than the picture needs
     */
    record Image(int width, int height, byte[] rgb) implements Content {}

    /**
     * Sound of one channel.
     *
     * @param rate samples a second
     * @param samples from -1 to 1
     */
    record Audio(int rate, float[] samples) implements Content {}
}
