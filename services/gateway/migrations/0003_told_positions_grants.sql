-- Where alerts left positions: written with each signal.
GRANT SELECT, INSERT, UPDATE (position) ON told_positions TO gateway;
