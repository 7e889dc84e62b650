import shared.losses
