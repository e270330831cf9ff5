package io.fulmar.model.explain;

/** Finds the weights of a sum that comes nearest to what was seen, by the normal equations. Owned by whoever explains. */
final class LeastSquares {
    /** Keeps the equations solvable when two columns were always equal; far below what a score can show. */
    private static final double RIDGE = 1e-9;

    private final double[][] products;
    private final double[] right;

    LeastSquares(int weights) {
        products = new double[weights][weights];
        right = new double[weights];
    }

    /** The sum of this row was seen to be {@code seen}. */
    void add(double[] row, double seen) {
        for (int i = 0; i < right.length; i++) {
            for (int j = 0; j < right.length; j++) {
                products[i][j] += row[i] * row[j];
            }
            right[i] += row[i] * seen;
        }
    }

    /** The weights; what was added is gone afterwards. */
    double[] solve() {
        int n = right.length;
        for (int i = 0; i < n; i++) {
            products[i][i] += RIDGE;
        }
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int i = column + 1; i < n; i++) {
                pivot = Math.abs(products[i][column]) > Math.abs(products[pivot][column]) ? i : pivot;
            }
            swap(column, pivot);
            for (int i = column + 1; i < n; i++) {
                double factor = products[i][column] / products[column][column];
                for (int j = column; j < n; j++) {
                    products[i][j] -= factor * products[column][j];
                }
                right[i] -= factor * right[column];
            }
        }
        double[] weights = new double[n];
        for (int i = n - 1; i >= 0; i--) {
            double sum = right[i];
            for (int j = i + 1; j < n; j++) {
                sum -= products[i][j] * weights[j];
            }
            weights[i] = sum / products[i][i];
        }
        return weights;
    }

    private void swap(int a, int b) {
        double[] row = products[a];
        products[a] = products[b];
        products[b] = row;
        double value = right[a];
        right[a] = right[b];
        right[b] = value;
    }
}
