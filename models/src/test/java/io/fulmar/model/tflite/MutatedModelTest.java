package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The check of a model file survives whatever is in it. */
class MutatedModelTest {
    private static final int MUTATIONS = 30_000;

    @Test
    void aDamagedModelIsReadOrRefusedAndNothingElse() {
        Mutations mutations = new Mutations(TestData.folder());
        Set<String> causes = new HashSet<>();
        int sound = 0;
        for (long number = 0; number < MUTATIONS; number++) {
            byte[] bytes = mutations.mutation(number);
            try {
                ModelParser.parse("mutation " + number, MemorySegment.ofArray(bytes));
                sound++;
            } catch (ModelException e) {
                assertThat(e.hint()).isNotBlank();
                causes.add(String.valueOf(e.getMessage()).replaceAll("[^a-z ]", ""));
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("mutation " + number, e);
            }
        }
        System.out.println(MUTATIONS + " mutations: " + sound + " accepted, " + causes.size() + " ways of refusal");
        assertThat(sound).isPositive();
        assertThat(causes).hasSizeGreaterThan(20);
    }
}
