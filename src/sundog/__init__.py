"""sundog: the serverless half of AWS as one program on your own machine."""
