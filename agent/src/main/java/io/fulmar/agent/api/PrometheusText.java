package io.fulmar.agent.api;

import java.math.BigDecimal;

/** Numbers in the text format of Prometheus, version 0.0.4. Owned by the call that makes it. */
final class PrometheusText {
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder();
    private String family = "";

    /** Begins what belongs together. */
    PrometheusText family(String name, String type, String help) {
        family = name;
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        return this;
    }

    PrometheusText sample(long value, String... labels) {
        return sample("", Long.toString(value), labels);
    }

    PrometheusText seconds(String suffix, double value, String... labels) {
        return sample(suffix, number(value), labels);
    }

    PrometheusText count(String suffix, long value, String... labels) {
        return sample(suffix, Long.toString(value), labels);
    }

    /** @param labels names and values in turn */
    private PrometheusText sample(String suffix, String value, String... labels) {
        text.append(family).append(suffix);
        for (int i = 0; i < labels.length; i += 2) {
            text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
            escape(labels[i + 1]);
            text.append('"');
        }
        text.append(labels.length > 0 ? "} " : " ").append(value).append('\n');
        return this;
    }

    static String number(double value) {
        if (value == Double.POSITIVE_INFINITY) {
            return "+Inf";
        }
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private void escape(String value) {
        for (int i = 0; i < value.length(); i++) {
            switch (value.charAt(i)) {
                case '\\' -> text.append("\\\\");
                case '"' -> text.append("\\\"");
                case '\n' -> text.append("\\n");
                default -> text.append(value.charAt(i));
            }
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
