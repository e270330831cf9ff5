package io.fulmar.model.tflite;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The time between two allocations of tensors: the views made in it end together, on all threads, before native code
 * may move or free what they show.
 *
 * <p>Owned by the interpreter's owner.
 */
final class Generation {
    private final Arena arena = Arena.ofShared();

    MemorySegment view(long address, long byteSize) {
        return MemorySegment.ofAddress(address).reinterpret(byteSize, arena, null);
    }

    void end() {
        arena.close();
    }
}
