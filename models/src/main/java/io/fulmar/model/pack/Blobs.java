package io.fulmar.model.pack;

/** Where the bytes of a package are found by their digest. */
@FunctionalInterface
public interface Blobs {
    /**
     * Exactly the bytes that are meant: their number and their digest were compared in the array that is returned.
     *
     * @param what names them in error messages
     * @throws PackageException when there are no such bytes
     */
    byte[] read(String what, String sha256, long size);
}
