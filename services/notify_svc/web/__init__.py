"""Operations pages: the ledger and the templates."""
