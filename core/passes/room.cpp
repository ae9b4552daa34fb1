namespace halftone {}
