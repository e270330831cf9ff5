package io.fulmar.fleet.catalog;

/** What became of a package that was handed to the catalogue. Immutable. */
public enum Publication {
    /** It is a release that was not there. */
    PUBLISHED("published"),
    /** The same release was there; its statement is the one that came now. */
    SIGNED("was published before; it has the statement of this package from now on"),
    /** The same release was there, with the same statement; it has more signatures now. */
    MORE_SIGNATURES("was published before; its statement has the signatures of this package, too, from now on"),
    /** The same release was there, without its files. */
    RESTORED("was published before; its files are there again"),
    /** The same release was there, with all that came now. */
    UNCHANGED("was published before; nothing has changed"),
    /** The same release was there, with a statement that was made later and does as well. */
    NEWER_STATEMENT_STAYS("was published before, with a statement that was made later; nothing has changed"),
    /** The same release was there, and the statement that came now is of no use. */
    UNFIT("was published before, and the statement of this package is not for it; nothing has changed");

    private final String text;

    Publication(String text) {
        this.text = text;
    }

    /** For people, behind the name of the release. */
    public String text() {
        return text;
    }

    /** Whether devices to which the release is assigned already lack something until it is assigned again. */
    public boolean changesStatement() {
        return this == SIGNED || this == MORE_SIGNATURES;
    }
}
