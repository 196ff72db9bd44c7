"""How good the answers are: labelled questions, the measurement, the calibration of the gate."""
