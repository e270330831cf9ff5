package io.fulmar.agent.media;

/**
 * What part of a picture another one shows, as parts of the first one's width and height. Borders are outside of it: then it begins
 * below 0, and is larger than 1. Immutable.
 */
public record View(double left, double top, double width, double height) {
    /** All of it. */
    public static final View ALL = new View(0, 0, 1, 1);

    /** What is seen of the whole if this shows a part of what {@code outer} shows of it. */
    public View within(View outer) {
        return new View(outer.x(left), outer.y(top), width * outer.width, height * outer.height);
    }

    /** Where in the whole a point of the part is. */
    public double x(double part) {
        return left + part * width;
    }

    /** Where in the whole a point of the part is. */
    public double y(double part) {
        return top + part * height;
    }
}
