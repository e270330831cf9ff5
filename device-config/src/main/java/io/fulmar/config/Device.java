package io.fulmar.config;

/** Who this device is: {@code id} is also its MQTT topic level, 1 to 64 of {@code A-Za-z0-9._-}. Immutable. */
public record Device(String id) {}
