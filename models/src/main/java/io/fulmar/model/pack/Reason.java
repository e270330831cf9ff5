package io.fulmar.model.pack;

import java.util.Locale;

/** Why a package is refused. Immutable. */
public enum Reason {
    /** There is no release statement. */
    UNSIGNED("sign it: fulmar model sign PACKAGE --key FILE"),
    /** A key of the role did not sign this. */
    WRONG_SIGNATURE("somebody changed it after it was signed: take it from its publisher again"),
    /** Only keys signed that the trust root does not name for releases. */
    UNKNOWN_KEY("have it signed by a key of the trust root's role release"),
    /** Fewer keys signed than the trust root asks for. */
    TOO_FEW_SIGNATURES("let others sign it too: fulmar model sign PACKAGE --key FILE"),
    /** The time until which the release may be installed has passed. */
    EXPIRED("sign it again, if it shall still be used"),
    /** A later release has forbidden this one. */
    BELOW_FLOOR("give it a higher release number, or install a newer release"),
    /** It is made for other boards. */
    OTHER_DEVICE("install a release that names this board, or one that names none"),
    /** It is made for other versions of the agent. */
    RUNTIME("update the agent, or install a release for this one"),
    /** It cannot be understood: not the JSON that it should be, or values that cannot be. */
    MALFORMED("it was damaged or not made by this software"),
    /** What somebody wrote, of which a package is to be made, does not say what one needs. */
    SOURCE("correct it there: docs/models.md says what belongs into it"),
    /** A file's name could lead out of a folder. */
    UNSAFE_NAME("names are letters, digits, '.', '_', '-', in folders by '/'; none begins with '.' or '-'"),
    /** More than is ever read. */
    TOO_LARGE("see the limits in docs/models.md"),
    /** A file is shorter than it should be. */
    TRUNCATED("copy it again: the copy ended early"),
    /** A file is longer than it should be. */
    WRONG_SIZE("take it from its publisher again"),
    /** The bytes are not those that were meant. */
    DIGEST_MISMATCH("it was damaged or changed: take it from its publisher again"),
    /** A file is not there. */
    MISSING_FILE("copy it again, the copy is not complete; packages are made by: fulmar model pack"),
    /** Something that is not a plain file or folder stands where one should. */
    NOT_A_FILE("a package has plain files and folders only"),
    /** A file cannot be read. */
    UNREADABLE("check that this user may read it"),
    /** Statement and manifest speak of different releases. */
    OTHER_RELEASE("sign the package again"),
    /** The model has an operator that this runtime does not. */
    MISSING_OP("convert the model with the builtin operators only"),
    /** The model file is damaged or cannot be run by this runtime. */
    BAD_MODEL("convert the model again with TensorFlow Lite's converter"),
    /** The model does not have the inputs and outputs that the manifest says. */
    OTHER_TENSORS("pack it again"),
    /** A golden case does not give what was recorded. */
    GOLDEN_MISMATCH("record the cases again, if the model is as it should be: fulmar model golden");

    private final String hint;

    Reason(String hint) {
        this.hint = hint;
    }

    /** As reports and logs name it: {@code wrong-signature}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What one can do about it. */
    public String hint() {
        return hint;
    }
}
