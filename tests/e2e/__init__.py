"""The whole product, driven through real browsers and real WebRTC clients."""
