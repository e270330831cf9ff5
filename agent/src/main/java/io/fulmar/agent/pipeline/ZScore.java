package io.fulmar.agent.pipeline;

/** Brings each frame to mean 0 and standard deviation 1; a frame without any deviation becomes 0. Owned by the pipeline's thread. */
final class ZScore implements Preprocess.NumberStep {

    @Override
    public void change(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        double mean = sum / values.length;
        double squares = 0;
        for (float value : values) {
            squares += (value - mean) * (value - mean);
        }
        double deviation = Math.sqrt(squares / values.length);
        double factor = deviation > 0 ? 1 / deviation : Double.isNaN(deviation) ? Double.NaN : 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((values[i] - mean) * factor);
        }
    }
}
