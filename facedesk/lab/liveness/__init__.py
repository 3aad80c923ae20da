"""Is a living face before the camera, or a picture of one: data, attacks, network, evaluation."""
