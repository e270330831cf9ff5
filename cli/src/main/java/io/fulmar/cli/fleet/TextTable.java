package io.fulmar.cli.fleet;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Columns of text for a person: as wide as they need to be, numbers to the right. Owned by one thread. */
final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();
    private final Set<Integer> numbers;

    /** @param numbers the columns, from 0, that stand to the right */
    TextTable(Set<Integer> numbers, String... header) {
        this.numbers = numbers;
        rows.add(List.of(header));
    }

    void add(@Nullable Object... cells) {
        List<String> row = new ArrayList<>(cells.length);
        for (Object cell : cells) {
            row.add(cell == null ? "-" : printable(cell.toString()));
        }
        rows.add(row);
    }

    void print(PrintWriter out) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String padding = " ".repeat(widths[i] - row.get(i).length());
                line.append(numbers.contains(i) ? padding + row.get(i) : row.get(i) + padding)
                        .append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }

    /** What devices say must not move the cursor of whoever looks at it. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
