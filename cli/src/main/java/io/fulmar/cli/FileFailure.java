package io.fulmar.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says what is wrong with a file: the JDK's own exceptions say only its name, and the rest by their class. */
public final class FileFailure {
    private FileFailure() {}

    /** Why the operation failed, without the name of the file. */
    public static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException e -> "there is no such file or folder";
            case AccessDeniedException e -> "this user may not";
            case FileAlreadyExistsException e -> "it exists already";
            case NotDirectoryException e -> "it is not a folder";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            case FileSystemException e -> e.getClass().getSimpleName();
            default -> String.valueOf(failure.getMessage());
        };
    }
}
