package io.fulmar.agent.api.serve;

/** What a caller wants done with a model; it is done on the thread that has the model. */
@FunctionalInterface
public interface ModelUse<T> {
    T with(Loaded model) throws ServeException;
}
