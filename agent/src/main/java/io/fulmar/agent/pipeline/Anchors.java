package io.fulmar.agent.pipeline;

/**
 * The boxes from which SSD with six maps starts, as the TensorFlow Object Detection API lays them out: scales from 0.2 to 0.95, three
 * boxes for a cell of the first map, and six of the proportions 1, 2, 1/2, 3, 1/3, 1 for one of the others. Stateless.
 */
final class Anchors {
    private static final int MAPS = 6;
    private static final int FIRST_STRIDE = 16;
    private static final double LEAST = 0.2;
    private static final double MOST = 0.95;
    private static final double[] PROPORTIONS = {1, 2, 0.5, 3, 1 / 3.0};
    private static final double SMALL = 0.1;

    private Anchors() {}

    /** The middle's y and x, height and width of each, as parts of a picture of that size. */
    static double[] of(int height, int width) {
        int cells = 0;
        for (int map = 0; map < MAPS; map++) {
            cells += boxes(map) * cells(height, map) * cells(width, map);
        }
        double[] anchors = new double[4 * cells];
        double shorter = Math.min(height, width);
        int at = 0;
        for (int map = 0; map < MAPS; map++) {
            int rows = cells(height, map);
            int columns = cells(width, map);
            for (int cell = 0; cell < rows * columns; cell++) {
                int row = cell / columns;
                int column = cell % columns;
                for (int box = 0; box < boxes(map); box++) {
                    double scale = scale(map, box);
                    double root = Math.sqrt(proportion(box));
                    anchors[at++] = (row + 0.5) / rows;
                    anchors[at++] = (column + 0.5) / columns;
                    anchors[at++] = scale / root * shorter / height;
                    anchors[at++] = scale * root * shorter / width;
                }
            }
        }
        return anchors;
    }

    private static int boxes(int map) {
        return map == 0 ? 3 : PROPORTIONS.length + 1;
    }

    private static int cells(int pixels, int map) {
        return Math.ceilDiv(pixels, FIRST_STRIDE << map);
    }

    private static double scaleOf(int map) {
        return map == MAPS ? 1 : LEAST + (MOST - LEAST) * map / (MAPS - 1);
    }

    private static double scale(int map, int box) {
        if (map == 0 && box == 0) {
            return SMALL;
        }
        return box == PROPORTIONS.length ? Math.sqrt(scaleOf(map) * scaleOf(map + 1)) : scaleOf(map);
    }

    private static double proportion(int box) {
        return box == PROPORTIONS.length ? 1 : PROPORTIONS[box];
    }
}
