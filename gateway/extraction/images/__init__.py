"""Pictures: what stands behind, between and beside their pixels goes, the pixels stay."""
