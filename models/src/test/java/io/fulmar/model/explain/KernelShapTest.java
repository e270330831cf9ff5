package io.fulmar.model.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KernelShapTest {
    @Test
    void ofASumEachPartGetsWhatItAdds() {
        float[] input = {3, -1, 0, 7, 2, 2};
        ScoreFunction sum = it -> 5 + 2 * it[0] - 3 * it[1] + 100 * it[2] + it[3] + 0.5 * it[4] + 0.5 * it[5];
        assertThat(new KernelShap(6, 0, 0, 1).explain(sum, input))
                .containsExactly(new double[] {6, 3, 0, 7, 1, 1}, within(1e-9));
        assertThat(new KernelShap(3, 0, 0, 1).explain(sum, input))
                .containsExactly(new double[] {9, 7, 2}, within(1e-9));
        assertThat(new KernelShap(6, 1, 0, 1).explain(sum, input))
                .containsExactly(new double[] {4, 6, -100, 6, 0.5, 0.5}, within(1e-9));
    }

    @Test
    void whatOnlyTogetherHasAnEffectIsShared() {
        float[] input = {2, 5, 9};
        assertThat(new KernelShap(3, 0, 0, 1).explain(it -> it[0] * it[1], input))
                .containsExactly(new double[] {5, 5, 0}, within(1e-9));
    }

    @Test
    void withFewPartsItIsTheMeanOverAllOrders() {
        float[] input = {1, 2, 3, 4, 5, 6, 7};
        assertThat(new KernelShap(7, 0.5f, 0, 1).explain(KernelShapTest::tangled, input))
                .containsExactly(byOrders(input, 0.5f, orders(7)), within(1e-9));
    }

    @Test
    void withManyPartsASampleComesNearAndAddsUp() {
        float[] input = new float[20];
        for (int i = 0; i < input.length; i++) {
            input[i] = 1 + i % 5;
        }
        double[] truth = byOrders(input, 0, sampledOrders(20, 20_000));
        double[] shares = new KernelShap(20, 0, 4_000, 1).explain(KernelShapTest::tangled, input);
        double total = tangled(input) - tangled(new float[20]);
        assertThat(Arrays.stream(shares).sum()).isCloseTo(total, within(1e-6));
        double scale = Arrays.stream(truth).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < shares.length; i++) {
            assertThat(shares[i]).as("part %d", i).isCloseTo(truth[i], within(0.05 * scale));
        }
        assertThat(new KernelShap(20, 0, 4_000, 1).explain(KernelShapTest::tangled, input))
                .as("the same seed, the same shares")
                .containsExactly(shares);
    }

    @Test
    void ofASumASampleIsExactToo() {
        float[] input = new float[300];
        Arrays.fill(input, 2);
        double[] shares = new KernelShap(30, 0, 200, 7).explain(it -> it[0] + 10 * it[299], input);
        assertThat(shares[0]).isCloseTo(2, within(1e-4));
        assertThat(shares[29]).isCloseTo(20, within(1e-4));
        assertThat(Arrays.stream(shares).skip(1).limit(28).map(Math::abs).max().orElseThrow())
                .isLessThan(1e-4);
    }

    @Test
    void whatCannotBeDividedIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new KernelShap(0, 0, 100, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new KernelShap(129, 0, 1000, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KernelShap(50, 0, 99, 1))
                .withMessage("50 parts need at least 100 samples, not 99");
        var four = new KernelShap(4, 0, 0, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> four.explain(it -> 0, new float[3]));
    }

    private static double tangled(float[] it) {
        double score = 0;
        for (int i = 0; i + 1 < it.length; i++) {
            score += it[i] * it[i + 1] + Math.max(it[i], it[i + 1]) - 0.3 * it[(i * 3) % it.length];
        }
        return score;
    }

    /** The definition: what a part adds when it comes, in the mean over the orders. */
    private static double[] byOrders(float[] input, float baseline, List<List<Integer>> orders) {
        double[] shares = new double[input.length];
        for (List<Integer> order : orders) {
            float[] now = new float[input.length];
            Arrays.fill(now, baseline);
            double before = tangled(now);
            for (int part : order) {
                now[part] = input[part];
                double after = tangled(now);
                shares[part] += (after - before) / orders.size();
                before = after;
            }
        }
        return shares;
    }

    private static List<List<Integer>> orders(int parts) {
        List<List<Integer>> orders = List.of(List.of());
        for (int part = 0; part < parts; part++) {
            List<List<Integer>> longer = new ArrayList<>();
            for (List<Integer> order : orders) {
                for (int at = 0; at <= order.size(); at++) {
                    List<Integer> with = new ArrayList<>(order);
                    with.add(at, part);
                    longer.add(with);
                }
            }
            orders = longer;
        }
        return orders;
    }

    private static List<List<Integer>> sampledOrders(int parts, int count) {
        Random random = new Random(3);
        List<List<Integer>> orders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Integer> order = new ArrayList<>();
            for (int part = 0; part < parts; part++) {
                order.add(part);
            }
            Collections.shuffle(order, random);
            orders.add(order);
        }
        return orders;
    }
}
