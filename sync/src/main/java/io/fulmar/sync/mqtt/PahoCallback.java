package io.fulmar.sync.mqtt;

import java.util.function.IntConsumer;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;

/**
 * Notes down what Paho says on its own threads, and nothing more: work done here would block or deadlock the client.
 *
 * <p>Thread-safe.
 */
final class PahoCallback implements MqttCallback {
    /** Puts a reason into words. */
    interface Explaining {
        Loss loss(int reasonCode, @Nullable Throwable failure);
    }

    private final Connection.Observer observer;
    private final IntConsumer acknowledge;
    private final Explaining explaining;

    PahoCallback(Connection.Observer observer, IntConsumer acknowledge, Explaining explaining) {
        this.observer = observer;
        this.acknowledge = acknowledge;
        this.explaining = explaining;
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
        MqttException failure = response.getException();
        int code = failure == null ? response.getReturnCode() : failure.getReasonCode();
        observer.lost(explaining.loss(code, failure));
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        int packetId = message.getId();
        int qos = Math.min(1, message.getQos());
        observer.received(
                PahoMessages.inbound(topic, message), qos, qos == 0 ? () -> {} : () -> acknowledge.accept(packetId));
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
        // what ends the connection is told by disconnected
    }

    @Override
    public void deliveryComplete(IMqttToken token) {
        // told by the listener of the message
    }

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {
        // told by the listener of the connect
    }

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {
        // extended authentication is not used
    }
}
