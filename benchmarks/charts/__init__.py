"""Every shape of chart against the plain `plt.subplots` … `savefig` way of drawing the same figure."""
