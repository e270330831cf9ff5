package io.fulmar.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ConditionNameTest {
    @Test
    void theDocumentationExplainsEachInTheirOrder() throws IOException {
        String document = Files.readString(Path.of(System.getProperty("fulmar.root", ".."), "docs", "conditions.md"));

        assertThat(Pattern.compile("^\\| `([a-z-]+)` \\|", Pattern.MULTILINE)
                        .matcher(document)
                        .results()
                        .map((MatchResult match) -> match.group(1)))
                .containsExactlyElementsOf(Arrays.stream(ConditionName.values())
                        .map(ConditionName::text)
                        .toList());
    }

    @Test
    void eachSaysWhatToDo() {
        for (ConditionName name : ConditionName.values()) {
            assertThat(name.hint()).as(name.text()).hasSizeGreaterThan(20).endsWith(".");
        }
    }
}
